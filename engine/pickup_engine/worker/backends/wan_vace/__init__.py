"""Wan VACE: one video diffusion model that extends, fills and restyles."""
