"""What RQ runs. Every job here may run twice, or never: the database holds the work."""
