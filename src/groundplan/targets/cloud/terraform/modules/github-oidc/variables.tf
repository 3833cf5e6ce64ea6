variable "name" {
  description = "Platform."
  type        = string
}

variable "repository" {
  description = "Owner and name of the repository."
  type        = string
}

variable "image_prefix" {
  description = "What the names of the images begin with."
  type        = string
}

variable "roles" {
  description = "Roles by name: for which branches or environments, and what they may."
  type = map(object({
    subjects = list(string)
    may_push = optional(bool, false)
    may_read = optional(bool, false)
  }))

  validation {
    condition     = alltrue([for role in var.roles : alltrue([for subject in role.subjects : !strcontains(subject, "*")])])
    error_message = "A role is for a named branch or environment: a star would let any branch take it."
  }
}
