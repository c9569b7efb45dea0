"""The embedded draft model: a diffusion transformer over dense motion."""
