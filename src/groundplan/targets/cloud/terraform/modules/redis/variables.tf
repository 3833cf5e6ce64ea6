variable "name" {
  description = "Name of the site, and of the group."
  type        = string
}

variable "engine_version" {
  description = "Version of Redis."
  type        = string
}

variable "node_type" {
  description = "Size of a server."
  type        = string
}

variable "servers" {
  description = "How many servers."
  type        = number
}

variable "automatic_failover" {
  description = "Whether a replica takes over by itself."
  type        = bool
}

variable "multi_az" {
  description = "Whether servers are kept in several zones."
  type        = bool
}

variable "eviction" {
  description = "What goes when the memory is full."
  type        = string
}

variable "is_encrypted" {
  description = "Whether snapshots and disks are sealed."
  type        = bool
}

variable "use_tls" {
  description = "Whether connections are sealed."
  type        = bool
}

variable "snapshot_days" {
  description = "For how many days snapshots are kept."
  type        = number
}

variable "snapshot_window" {
  description = "Hours of the snapshot, in UTC."
  type        = string
  default     = null
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
