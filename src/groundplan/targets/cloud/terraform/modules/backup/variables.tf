variable "name" {
  description = "Name of the site."
  type        = string
}

variable "schedule" {
  description = "When, as AWS writes it: cron(0 3 * * ? *)."
  type        = string
}

variable "days" {
  description = "For how many days a copy is kept."
  type        = number
}

variable "is_continuous" {
  description = "Whether the database can go back to any second."
  type        = bool
}

variable "is_immutable" {
  description = "Whether nobody can delete a copy before its time."
  type        = bool
}

variable "copy_regions" {
  description = "Regions that get a copy of every copy."
  type        = set(string)
}

variable "resource_arns" {
  description = "What is copied."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}

variable "every_seconds" {
  description = "How often a copy is made, as was promised."
  type        = number
}
