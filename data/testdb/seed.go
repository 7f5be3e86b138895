package testdb

import "epev/data"

// defaultSeed is SPEC 5 in short, for packages that may not import the catalogue. Package security
// holds the real one.
func defaultSeed() data.Seed {
	management := []string{
		"user:list", "user:view", "user:create", "user:update", "user:delete",
		"role:list", "role:view", "role:assign",
		"company:list", "company:view", "company:create", "company:update", "company:delete",
		"contract:list", "contract:view", "contract:create", "contract:update", "contract:delete",
		"history:view",
		"client:list", "client:view", "client:reassign",
		"event:list", "event:view", "event:update", "event:delete", "event:assign_support",
	}
	commercial := []string{
		"client:list", "client:view", "client:create", "client:update:own", "client:delete:own",
		"contract:list", "contract:view", "contract:update:own",
		"event:list", "event:view", "event:create:own_client",
		"company:list", "company:view", "company:create",
	}
	support := []string{
		"client:list", "client:view", "contract:list", "contract:view",
		"event:list", "event:view", "event:update:assigned", "company:list", "company:view",
	}
	codes := append([]string{"client:update", "client:delete", "event:create"}, management...)
	codes = append(codes, commercial...) // those that are there already are passed over
	codes = append(codes, support...)
	return data.Seed{
		Codes: codes,
		Roles: []data.SeedRole{{Name: "management", Permissions: management}, {Name: "commercial", Permissions: commercial}, {Name: "support", Permissions: support}},
	}
}
