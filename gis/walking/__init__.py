"""Streets to walked distances: network, links, search, circles."""
