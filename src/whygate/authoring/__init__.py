"""Help people write what a change should say."""
