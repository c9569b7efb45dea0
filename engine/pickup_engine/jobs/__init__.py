"""Job store (all SQL), queue, planner, recovery and executors."""
