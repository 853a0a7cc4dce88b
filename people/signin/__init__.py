"""How people come in: second factors, sessions, invitations, passwords, single sign-on."""
