variable "name" {
  description = "Name of the site, and of the server."
  type        = string
}

variable "engine_version" {
  description = "Version of PostgreSQL."
  type        = string
}

variable "instance_class" {
  description = "Size of the server."
  type        = string
}

variable "replicate_from" {
  description = "The primary's ARN; none for the primary itself."
  type        = string
  default     = null
}

variable "database" {
  description = "Name of the first database."
  type        = string
}

variable "storage_gib" {
  description = "Size of the disk in GiB."
  type        = number
}

variable "storage_type" {
  description = "Kind of disk."
  type        = string
}

variable "iops" {
  description = "Operations a second, where they can be set."
  type        = number
  default     = null
}

variable "is_encrypted" {
  description = "Whether the disk is sealed."
  type        = bool
}

variable "force_tls" {
  description = "Whether plain connections are refused."
  type        = bool
}

variable "multi_az" {
  description = "Whether a synchronous standby is kept in another zone."
  type        = bool
}

variable "backup_days" {
  description = "For how many days the provider's own backups are kept."
  type        = number
}

variable "backup_window" {
  description = "Hours of the backup, in UTC."
  type        = string
  default     = null
}

variable "maintenance_window" {
  description = "Hours in which the provider may work on the server."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether one command cannot delete the server."
  type        = bool
}

variable "lag_seconds_max" {
  description = "How far behind a replica may be before people are told."
  type        = number
}

variable "vpc_id" {
  description = "The site's network."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "cluster_security_group_id" {
  description = "What the cluster's pods are known by."
  type        = string
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}
