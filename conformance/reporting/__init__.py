"""What reads a run folder and the requirement catalogue and turns them into reports, and starts nothing."""
