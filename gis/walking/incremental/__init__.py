"""An edit recomputes only what it touches; what comes out equals a full computation bit for bit.

`state` is what a place keeps between edits, `advance` makes one edit in it, `streets` re-prepares a window of the
network, `relink` links what stands near, `splice` puts both into the arrays of the whole, `repair` mends a search.
"""
