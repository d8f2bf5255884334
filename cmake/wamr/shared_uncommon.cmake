# In the place of core/shared/utils/uncommon/shared_uncommon.cmake in WAMR's sources: what hosts use
# of it is in the library.
set(UNCOMMON_SHARED_SOURCE "")
