"""Finds, starts and talks to the engine: one sans-IO core, a stdlib and a Qt transport."""

from pickup.client.blocking import Engine
from pickup.client.core import FINAL_STATES, Health, new_job_id

__all__ = ["FINAL_STATES", "Engine", "Health", "new_job_id"]
