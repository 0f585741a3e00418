"""Health topics: who subscribed to which, and the tip of the week."""
