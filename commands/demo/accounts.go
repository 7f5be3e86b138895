package demo

import "epev/security"

// Password is the password of everyone in the sandbox.
const Password = "Demo-Stage-2026"

// passwordHash is Password as HashPassword makes it, which would take longer than all the rest.
const passwordHash = "$2a$12$RbHJlREh8JXAzhkrMAjtRuFl2YY29r.1MkS1QCQzPdKOTzWAkBdCC"

// Accounts are the accounts of the sandbox that its first screen tells, one a role.
var Accounts = []struct{ Username, Role string }{
	{"manon.directrice", security.Management},
	{"colin.vendeur", "commercial"},
	{"sarah.soutien", "support"},
}
