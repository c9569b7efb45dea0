"""The loopback service: routes, authentication, event stream, life time."""
