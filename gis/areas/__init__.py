"""The administrative tree and its grids: codes, tree, tiling, locating."""
