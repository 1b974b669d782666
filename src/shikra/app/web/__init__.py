"""What is served over HTTP, on this machine alone unless set otherwise."""
