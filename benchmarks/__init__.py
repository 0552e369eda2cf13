"""Speed as a ratio: our way and its peers on the same input in the same run."""
