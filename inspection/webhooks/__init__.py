"""What others are told: events, signed and posted to addresses on the public internet until they arrive."""
