variable "name" {
  description = "Name of the site: platform, environment and region."
  type        = string
}

variable "cidr" {
  description = "The site's block of addresses."
  type        = string
}

variable "zones" {
  description = "The zones, each with its public and its private subnet."
  type        = map(object({ public = string, private = string }))

  validation {
    condition     = length(var.zones) == 3
    error_message = "A site has three zones."
  }
}

variable "nat_in_each_zone" {
  description = "Whether each zone has a way out of its own: it costs three times one for all."
  type        = bool
}

variable "access_lists" {
  description = "Rules of the public and the private subnets; a list that is left out allows all."
  type = map(list(object({
    number   = number
    egress   = bool
    protocol = string
    ports    = optional(string)
    cidr     = string
    action   = string
  })))
  default = {}
}

variable "endpoints" {
  description = "Services of AWS that are reached without leaving the network, by their short names."
  type        = set(string)
  default     = []
}

variable "flow_log_days" {
  description = "For how long the log of flows is kept."
  type        = number
}

variable "kms_key_arn" {
  description = "The key that the log of flows is sealed with."
  type        = string
}
