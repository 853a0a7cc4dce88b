"""The page Team: people by skills, what changed since last week, and who is due."""
