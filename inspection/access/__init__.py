"""What proves who somebody is: the service's secret, signed links, API keys. Pure, but for one file."""
