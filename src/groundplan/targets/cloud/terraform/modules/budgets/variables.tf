variable "name" {
  description = "Platform and environment."
  type        = string
}

variable "budgets" {
  description = "The file's budgets by name, in US dollars; percents of the limit that people are told of."
  type = map(object({
    limit       = string
    percents    = list(number)
    usage_types = optional(list(string))
  }))
}

variable "cost_allocation_tags" {
  description = "What costs are told apart by."
  type        = set(string)
  default     = []
}

variable "recommendations" {
  description = "What the team wants to be told of, in its words; none: nobody looks."
  type        = list(string)
  default     = []
}
