"""Pickup's host side: the contract, the editorial core, the engine's client and the command."""

__version__ = "0.1.0"
