# The JWT config of gitlab
path "auth/gitlab/config" {
  capabilities = ["read"]
}

# The names of the JWT roles of gitlab
path "auth/gitlab/role" {
  capabilities = ["list"]
}

# The JWT roles of gitlab
path "auth/gitlab/role/+" {
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
  capabilities = ["read"]
}

# The auth mounts
path "sys/auth" {
  capabilities = ["read"]
}

# The secrets mounts
path "sys/mounts" {
  capabilities = ["read"]
}

# The policy aws
path "sys/policies/acl/aws" {
  capabilities = ["read"]
}

# Every policy aws-*
path "sys/policies/acl/aws-*" {
  capabilities = ["read"]
}

# The policy vault-provisioner
path "sys/policies/acl/vault-provisioner" {
  capabilities = ["read"]
}

# The policy vault-provisioner-plan
path "sys/policies/acl/vault-provisioner-plan" {
  capabilities = ["read"]
}
