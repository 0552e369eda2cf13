"""What stands in a grid: buildings, entrances, compounds, stations, people counts."""
