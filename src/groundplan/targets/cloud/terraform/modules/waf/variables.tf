variable "name" {
  description = "Name of the site."
  type        = string
}

variable "rules" {
  description = "The file's rules in its order; limit and seconds are a rate's."
  type = list(object({
    name    = string
    type    = string
    action  = string
    limit   = optional(number)
    seconds = optional(number)
  }))

  validation {
    condition     = alltrue([for rule in var.rules : rule.type != "rate_limit" || contains([60, 120, 300, 600], coalesce(rule.seconds, 0))])
    error_message = "AWS counts over 1, 2, 5 or 10 minutes."
  }
}

variable "client_header" {
  description = "The header that carries the client's address."
  type        = string
}

variable "log_days" {
  description = "For how long its log is kept."
  type        = number
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}

variable "managed_groups" {
  description = "Sets of rules that AWS maintains."
  type        = list(string)
  default     = []
}

variable "body_bytes_max" {
  description = "Requests with a larger body are refused, because nobody inspects it; null for no limit."
  type        = number
  default     = null
}

variable "is_counting" {
  description = "Rules only count, as they do at first."
  type        = bool
  default     = false
}
