"""SCIM 2.0 (RFC 7643, RFC 7644): a directory keeps people and teams here as it has them."""
