"""The engine: a torch-free service, and workers that hold the models."""
