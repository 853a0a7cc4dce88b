"""Customers' personal data: masked on the way in, removed when its time is over or when somebody asks."""
