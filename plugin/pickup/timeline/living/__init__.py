"""Living clips: whether a generated clip still fits the cut around it, and its update."""
