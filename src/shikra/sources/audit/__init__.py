"""The Kubernetes API server's audit log: what is done to the cluster."""
