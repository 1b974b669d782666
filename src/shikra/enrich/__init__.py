"""What an event doesn't say about itself: containers, pods, users."""
