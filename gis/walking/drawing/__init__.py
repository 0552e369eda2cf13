"""The drawing of circles: the exact field on a grid, its contour, and its agreement with the buildings."""
