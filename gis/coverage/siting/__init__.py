"""Where the next stations go: candidates, what each would cover, and the best of them with a proven bound."""
