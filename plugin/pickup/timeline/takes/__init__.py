"""Takes: generated files known by their names and recipes, and switching from one to another."""
