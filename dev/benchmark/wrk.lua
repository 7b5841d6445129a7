-- Reads the AWS roles 1-prod to N-prod in turn; N is the first argument after `--`.
local roles, number = 0, 0

function init(arguments)
  roles = tonumber(arguments[1])
end

function request()
  number = number % roles + 1
  return wrk.format("GET", "/v1/aws/roles/" .. number .. "-prod")
end
