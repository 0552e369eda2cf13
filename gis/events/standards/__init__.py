"""Categories and filing standards as data: mapping of older codes, versions, cities, imports."""
