package demo

import (
	"testing"

	"epev/security"
)

func TestDemoPassword(t *testing.T) {
	t.Parallel()
	if err := (security.PasswordPolicy{Min: 8, Max: 128}).Check(Password); err != nil {
		t.Error(err)
	}
	if ok, renew := security.VerifyPassword(passwordHash, Password); !ok || renew {
		t.Errorf("the hash is not of the password (%t), or of another cost than new ones (%t)", ok, renew)
	}
}
