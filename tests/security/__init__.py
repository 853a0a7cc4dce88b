"""What hostile people try: files that are not theirs, and files that are not what they say."""
