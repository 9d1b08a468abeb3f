"""What recordings of spoken digits are like: data, models and pages agree on it here."""

RATE = 8000  # Hz
SAMPLES = 8192  # of a recording, about a second
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")  # as the data set calls them
