variable "rules" {
  description = "Rules as the platform file has them: ports are \"443\" or \"1024-65535\"."
  type = list(object({
    number   = number
    egress   = bool
    protocol = string
    ports    = optional(string)
    cidr     = string
    action   = string
  }))

  validation {
    condition     = alltrue([for rule in var.rules : rule.number >= 1 && rule.number <= 32766])
    error_message = "Rules are numbered 1 to 32766."
  }

  validation {
    condition     = length(var.rules) == length(distinct([for rule in var.rules : "${rule.egress}-${rule.number}"]))
    error_message = "Two rules of one direction have one number."
  }
}
