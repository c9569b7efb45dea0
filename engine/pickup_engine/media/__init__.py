"""Decode, probe, encode, colour: the only user of PyAV."""
