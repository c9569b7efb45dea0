"""The worker process: the only place that runs models."""
