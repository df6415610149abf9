"""What requests bring and answers hold, a file a resource: OpenAPI is made of these."""
