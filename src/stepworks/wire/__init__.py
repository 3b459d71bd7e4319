"""Messages between client, server and agent; OpenAPI is made from them."""
