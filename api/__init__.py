"""HTTP and pages, nothing else: parse what was asked, call one thing, shape what it answered."""
