"""Finds, starts and talks to the engine: one sans-IO core, a stdlib and a Qt transport."""

from pickup.client.blocking import Engine
from pickup.client.core import Health, new_job_id
from pickup.protocol import FINAL_STATES

__all__ = ["FINAL_STATES", "Engine", "Health", "new_job_id"]
