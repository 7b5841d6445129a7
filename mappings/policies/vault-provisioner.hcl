# The JWT config of gitlab
path "auth/gitlab/config" {
  capabilities = ["read", "update"]
}

# The names of the JWT roles of gitlab
path "auth/gitlab/role" {
  capabilities = ["list"]
}

# The JWT roles of gitlab
path "auth/gitlab/role/+" {
  capabilities = ["create", "read", "update", "delete"]
}

# Its own JWT role, which an administrator changes
path "auth/gitlab/role/vault-provisioner" {
  capabilities = ["read"]
}

# End the token with the job
path "auth/token/revoke-self" {
  capabilities = ["update"]
}

# The names of the AWS roles of aws
path "aws/roles" {
  capabilities = ["list"]
}

# The AWS roles of aws
path "aws/roles/+" {
  capabilities = ["read", "update", "delete"]
}

# The auth mounts
path "sys/auth" {
  capabilities = ["read"]
}

# Check before the first write
path "sys/capabilities-self" {
  capabilities = ["update"]
}

# The secrets mounts
path "sys/mounts" {
  capabilities = ["read"]
}

# The auth mount gitlab
path "sys/mounts/auth/gitlab/tune" {
  capabilities = ["update"]
}

# The secrets mount aws
path "sys/mounts/aws" {
  capabilities = ["update"]
}

# The secrets mount aws
path "sys/mounts/aws/tune" {
  capabilities = ["update"]
}

# The policy aws
path "sys/policies/acl/aws" {
  capabilities = ["read", "update"]
}

# Every policy aws-*
path "sys/policies/acl/aws-*" {
  capabilities = ["read", "update"]
}

# Its own policy, which an administrator changes
path "sys/policies/acl/vault-provisioner" {
  capabilities = ["read"]
}

# The policy vault-provisioner-plan
path "sys/policies/acl/vault-provisioner-plan" {
  capabilities = ["read", "update"]
}
